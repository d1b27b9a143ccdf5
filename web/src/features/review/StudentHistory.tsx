import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { historyQuery } from "~/features/review/api";
import { ListSkeleton } from "~/ui/states";
import { StatusBadge } from "~/ui/StatusBadge";

import classes from "./ReviewPage.module.css";

/** The student's other items. It helps, but a review does not need it: a failure leaves it away. */
export function StudentHistory({ student, except }: { student: string; except: string }) {
  const history = useQuery(historyQuery(student));
  if (history.isPending) return <ListSkeleton rows={2} height={32} />;
  return history.data?.results
    .filter(({ id }) => id !== except)
    .map((item) => (
      <div key={item.id} className={classes.historyRow}>
        <Anchor component={Link} to={`/review/${item.id}`} size="sm" truncate>
          <Text span inherit truncate>
            {item.title}
          </Text>
        </Anchor>
        <StatusBadge status={item.status} />
      </div>
    ));
}
