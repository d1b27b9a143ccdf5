import { SimpleGrid, Text, UnstyledButton } from "@mantine/core";

import { useCategories } from "~/api/me";
import { CategoryIcon } from "~/ui/CategoryIcon";
import { ErrorState, ListSkeleton } from "~/ui/states";

import classes from "./CategoryTiles.module.css";

/** The college's categories as tiles, one press each. */
export function CategoryTiles({
  chosen,
  choose,
}: {
  chosen: string | undefined;
  choose: (code: string) => void;
}) {
  const categories = useCategories();
  if (categories.isPending) return <ListSkeleton rows={2} height={64} />;
  if (categories.isLoadingError)
    return <ErrorState error={categories.error} retry={() => categories.refetch()} />;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
      {categories.data.map(({ code, name, description, icon }) => (
        <UnstyledButton
          key={code}
          className={classes.tile}
          aria-pressed={chosen === code}
          onClick={() => chosen !== code && choose(code)}
        >
          <span className={classes.icon}>
            <CategoryIcon name={icon} size={22} />
          </span>
          <span className={classes.text}>
            <Text span size="sm" fw={600} display="block">
              {name}
            </Text>
            <Text span size="xs" c="dimmed" lineClamp={2}>
              {description}
            </Text>
          </span>
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}
