import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import type { Achievement } from "~/api/schema";
import { achievementQuery, keepAchievement } from "~/features/achievements/api";

const version = (etag: string) => ({ id: "1", etag }) as Achievement;

describe("keepAchievement", () => {
  it("is not overwritten by a read that began before the save", async () => {
    const queries = new QueryClient();
    const { queryKey } = achievementQuery("1");
    let answer: (read: Achievement) => void = () => undefined;
    const read = new Promise<Achievement>((resolve) => {
      answer = resolve;
    });
    const late = queries.fetchQuery({ queryKey, queryFn: () => read }).catch(() => undefined);
    keepAchievement(queries, version("new"));
    answer(version("old"));
    await late;
    await read;
    expect(queries.getQueryData(queryKey)).toEqual(version("new"));
    expect(queries.getQueryState(queryKey)?.fetchStatus).toBe("idle");
  });
});
