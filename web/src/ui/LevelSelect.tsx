import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { NativeSelect, type NativeSelectProps } from "@mantine/core";

import { LEVELS } from "~/ui/words";

/** The level of an achievement or event, or none yet; the rest is as of any field. */
export function LevelSelect(field: Omit<NativeSelectProps, "label" | "data">) {
  const { _ } = useLingui();
  const { t } = useMacro();
  return (
    <NativeSelect
      label={t`Level`}
      data={[
        { value: "", label: t`Choose…` },
        ...Object.entries(LEVELS).map(([value, label]) => ({ value, label: _(label) })),
      ]}
      {...field}
    />
  );
}
