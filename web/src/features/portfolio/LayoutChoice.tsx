import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { Trans } from "@lingui/react/macro";
import { Box, Radio, SimpleGrid, Text } from "@mantine/core";

import type { Layout } from "~/api/schema";

import classes from "./PortfolioPage.module.css";

const LAYOUTS: Record<Layout, { name: MessageDescriptor; note: MessageDescriptor }> = {
  classic: { name: msg`Classic`, note: msg`A cover page, large and calm` },
  formal: { name: msg`Formal`, note: msg`Like a statement of marks` },
  compact: { name: msg`Compact`, note: msg`Like a résumé, few pages` },
  modern: { name: msg`Modern`, note: msg`A line in time, in the college's colour` },
};

/** The layouts to choose from, each drawn in small. */
export function LayoutChoice({ value, choose }: { value: Layout; choose: (layout: Layout) => void }) {
  const { _ } = useLingui();
  return (
    <Radio.Group
      value={value}
      onChange={(layout) => choose(layout as Layout)}
      label={<Trans>Layout</Trans>}
      mt="md"
    >
      <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="xs" mt={6}>
        {(Object.keys(LAYOUTS) as Layout[]).map((layout) => (
          <Radio.Card key={layout} value={layout} className={classes.layout}>
            <Miniature layout={layout} />
            <Text size="sm" fw={600}>
              {_(LAYOUTS[layout].name)}
            </Text>
            <Text size="xs" c="dimmed" lh={1.35}>
              {_(LAYOUTS[layout].note)}
            </Text>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}

/** A page of the layout, as one sees it from across the room. */
function Miniature({ layout }: { layout: Layout }) {
  return (
    <Box component="svg" viewBox="0 0 60 84" className={classes.miniature} aria-hidden>
      <rect className="paper" width="60" height="84" rx="1.5" />
      {layout === "classic" && (
        <>
          <path className="ink" d="M7 8h26v2H7zM7 13.4h46v.8H7z" />
          <path className="ink" d="M7 24h30v4H7z" />
          <path className="grey" d="M7 31h20v1.4H7zM7 37h46v1.2H7zM7 40h46v1.2H7zM7 43h32v1.2H7z" />
          <path className="grey" d="M7 50h28v.8H7zM7 54h28v.8H7zM7 58h28v.8H7zM7 62h28v.8H7z" />
          <rect className="code" x="40" y="49" width="13" height="13" />
          <circle className="seal" cx="11" cy="74" r="4" />
        </>
      )}
      {layout === "formal" && (
        <>
          <rect className="frame" x="3" y="3" width="54" height="78" />
          <rect className="frame thin" x="4.4" y="4.4" width="51.2" height="75.2" />
          <circle className="seal" cx="30" cy="12" r="4" />
          <path className="ink" d="M16 19h28v2H16zM21 28h18v1.4H21z" />
          <path className="ink" d="M17 35h26v3H17z" />
          <path className="grey" d="M22 41h16v1.2H22zM9 47h42v1.1H9zM9 50h42v1.1H9z" />
          <path className="grey" d="M9 56h24v.8H9zM9 60h24v.8H9zM9 64h24v.8H9z" />
          <rect className="code" x="38" y="55" width="13" height="13" />
        </>
      )}
      {layout === "modern" && (
        <>
          <rect className="ink" width="60" height="24" />
          <path className="pale" d="M7 7h28v3H7zM7 13h18v1.2H7z" />
          <rect className="code" x="43" y="6" width="11" height="11" />
          <path className="ink" d="M10 30h.8v48h-.8z" />
          <circle className="seal" cx="10.4" cy="34" r="1.8" />
          <circle className="seal" cx="10.4" cy="49" r="1.8" />
          <circle className="seal" cx="10.4" cy="64" r="1.8" />
          <path className="ink" d="M16 33h24v1.6H16zM16 48h28v1.6H16zM16 63h20v1.6H16z" />
          <path
            className="grey"
            d="M16 37h37v1H16zM16 40h30v1H16zM16 52h37v1H16zM16 55h26v1H16zM16 67h37v1H16zM16 70h31v1H16z"
          />
        </>
      )}
      {layout === "compact" && (
        <>
          <rect className="ink" x="4" y="4" width="52" height="13" rx="1" />
          <path className="pale" d="M7 7h18v3H7zM7 12h13v1.2H7zM38 8h14v1.4H38z" />
          <path className="grey" d="M4 20h36v1.1H4zM4 23h36v1.1H4zM4 27h16v.8H4zM24 27h16v.8H24z" />
          <rect className="code" x="44" y="19" width="12" height="12" />
          <path className="tint" d="M4 35h52v3H4zM4 60h52v3H4z" />
          <path
            className="grey"
            d="M4 41h8v1.2H4zM15 41h26v1.4H15zM15 44h30v1H15zM15 46.4h24v1H15zM4 51h8v1.2H4zM15 51h22v1.4H15zM15 54h30v1H15zM4 66h8v1.2H4zM15 66h26v1.4H15zM15 69h30v1H15zM4 74h8v1.2H4zM15 74h22v1.4H15z"
          />
          <rect className="code" x="50" y="41" width="6" height="6" />
          <rect className="code" x="50" y="51" width="6" height="6" />
          <rect className="code" x="50" y="66" width="6" height="6" />
        </>
      )}
    </Box>
  );
}
