import type { Clock } from "#kernel";
import type { TimelinePage } from "#rooms";

export interface VisiblePage extends TimelinePage {
  /** Something was redacted meanwhile, whether or not the filter lets that through. */
  readonly redacted: boolean;
}

/** A page that all continuously joined readers see alike, and its text for those who sent nothing of it. */
interface SharedPage {
  readonly page: Promise<VisiblePage>;
  /** Never made for, nor given to, a sender: theirs may hold the transaction ids of their device. */
  text: string | undefined;
}

export interface SharedTimelines {
  /** Pages live while somebody is inside. The returned function leaves; call it once. */
  enter(): () => void;
  get(until: number, key: string, load: () => Promise<VisiblePage>): SharedPage;
  clear(): void;
}

const MOST_PAGES = 512;
const LONGEST_LIFE_MS = 1_000;

/**
 * When a hot room wakes all its readers they ask for the same stretch at the same moment: read it once. Pages are opened
 * words, so they must not outlive the keys that were destroyed to erase a person: they are dropped at each commit, when
 * nobody reads any more, and after a second at the latest.
 */
export function createSharedTimelines(clock: Clock): SharedTimelines {
  const pages = new Map<string, SharedPage>();
  let [position, inside, since] = [0, 0, 0];
  return {
    clear: () => pages.clear(),
    enter() {
      inside += 1;
      return () => {
        inside -= 1;
        if (inside === 0) pages.clear();
      };
    },
    get(until, key, load) {
      if (until < position) return { page: load(), text: undefined };
      if (until > position || pages.size >= MOST_PAGES || clock.now() - since > LONGEST_LIFE_MS) pages.clear();
      position = until;
      if (pages.size === 0) since = clock.now();
      const known = pages.get(key);
      if (known !== undefined) return known;
      const made: SharedPage = { page: load(), text: undefined };
      pages.set(key, made);
      made.page.catch(() => pages.delete(key));
      return made;
    },
  };
}
