import { useSearchParams } from "react-router";

import type { QueueFilter } from "~/features/review/api";

/** The queue's filter lives in the address, so that the review of an item knows what comes next. */
export function useQueueFilter(): {
  filter: QueueFilter;
  search: string;
  choose: (name: keyof QueueFilter, value: string) => void;
  clear: () => void;
} {
  const [search, setSearch] = useSearchParams();
  const read = (name: keyof QueueFilter) => search.get(name) || undefined;
  const text = search.toString();
  return {
    filter: { department: read("department"), category: read("category"), q: read("q") },
    search: text ? `?${text}` : "",
    choose: (name, value) =>
      setSearch(
        (old) => {
          if (value) old.set(name, value);
          else old.delete(name);
          return old;
        },
        { replace: true },
      ),
    clear: () => setSearch({}, { replace: true }),
  };
}
