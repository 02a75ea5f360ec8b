/** Makes the blocks of the page that is shown run, page after page. */
import { useRoute } from "vitepress";
import { nextTick, onMounted, watch } from "vue";

export function useBlocks(): void {
  const route = useRoute();
  let unmount: (() => void) | undefined;
  async function mount(): Promise<void> {
    unmount?.();
    unmount = undefined;
    await nextTick();
    const page = document.querySelector<HTMLElement>(".vp-doc");
    if (!page?.querySelector(".live")) return;
    const { mountBlocks } = await import("../../live/blocks.js");
    if (page.isConnected) unmount = mountBlocks(page);
  }
  onMounted(() => {
    mount();
    watch(() => route.path, mount, { flush: "post" });
  });
}
