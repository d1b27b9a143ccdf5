import { Box, Group, Text } from "@mantine/core";

import classes from "./CollegeMark.module.css";

interface Marked {
  name: string;
  colour: string;
  logo_url: string | null;
}

/** The college's logo, or its first letter on its colour, beside its name. */
export function CollegeMark({ college, size = 34 }: { college: Marked; size?: number }) {
  return (
    <Group gap={10} wrap="nowrap" miw={0}>
      {college.logo_url ? (
        <img src={college.logo_url} alt="" width={size} height={size} className={classes.logo} />
      ) : (
        <Box
          className={classes.letter}
          style={{ backgroundColor: college.colour, width: size, height: size }}
          aria-hidden
        >
          {college.name.slice(0, 1)}
        </Box>
      )}
      <Text fw={650} size="sm" lh={1.25} lineClamp={2}>
        {college.name}
      </Text>
    </Group>
  );
}
