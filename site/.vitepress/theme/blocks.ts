/** Makes the blocks of the page that is shown run, page after page. The notebook's draw, and have sliders. */
import { useRoute } from "vitepress";
import { nextTick, onMounted, watch } from "vue";

export function useBlocks(): void {
  const route = useRoute();
  let unmount = (): void => {};

  async function mount(): Promise<void> {
    unmount();
    unmount = () => {};
    await nextTick();
    const page = document.querySelector<HTMLElement>(".vp-doc");
    if (!page?.querySelector(".live")) return;
    const { mountBlocks } = await import("../../live/blocks.js");
    const controls = page.querySelector<HTMLElement>(".notebook-controls");
    if (controls === null) {
      if (page.isConnected) unmount = mountBlocks(page).unmount;
      return;
    }
    const { plotOf } = await import("../../notebook/plot.js");
    const { mountControls } = await import("../../notebook/controls.js");
    if (!page.isConnected) return;
    const blocks = mountBlocks(page, plotOf);
    const unmountControls = mountControls(controls, blocks.rewrite);
    blocks.runAll();
    unmount = () => {
      unmountControls();
      blocks.unmount();
    };
  }

  onMounted(() => {
    mount();
    watch(() => route.path, mount, { flush: "post" });
  });
}
