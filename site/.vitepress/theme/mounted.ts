/** Parts of pages that are programs of their own: loaded and mounted in the reader's browser, never while building. */
import { type Component, defineComponent, h, onBeforeUnmount, onMounted, ref } from "vue";

/** Fills an element, and gives back what empties it. */
type Mount = (element: HTMLElement) => () => void;

export const mounted = (name: string, load: () => Promise<Mount>): Component =>
  defineComponent({
    name,
    setup() {
      const place = ref<HTMLElement>();
      let unmount: (() => void) | undefined;
      let gone = false;
      onMounted(async () => {
        const mount = await load();
        if (!gone && place.value) unmount = mount(place.value);
      });
      onBeforeUnmount(() => {
        gone = true;
        unmount?.();
      });
      return () => h("div", { ref: place });
    },
  });
