import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { useLingui as useMacro } from "@lingui/react/macro";
import { NativeSelect, SimpleGrid, TextInput } from "@mantine/core";
import type { UseFormReturn } from "react-hook-form";

import { useCategories } from "~/api/me";
import type { Particular } from "~/api/schema";
import type { Details } from "~/features/achievements/detailsSchema";
import { PARTICULARS } from "~/features/achievements/particulars";

export const PARTICULAR_LABELS: Record<Particular, MessageDescriptor> = {
  event: msg`Name of the event`,
  domain: msg`Domain`,
  organiser_contact: msg`Contact of the organiser`,
  scheme: msg`Scheme, such as NSS`,
  exam: msg`Examination`,
  registration_number: msg`Number in the examination`,
  employer: msg`Employer`,
  employer_contact: msg`Contact of the employer`,
  package: msg`Pay in a year`,
  institution: msg`Institution joined`,
  programme_joined: msg`Programme joined`,
  awardee: msg`Who received it`,
};

export const DOMAINS: Record<string, MessageDescriptor> = {
  sports: msg`Sports`,
  cultural: msg`Culture`,
  technical: msg`Technology`,
  literary: msg`Literature`,
  social: msg`Society`,
  other: msg({ message: "Other", context: "domain" }),
};

/** What only some categories ask for. */
export function ParticularFields({ category, form }: { category: string; form: UseFormReturn<Details> }) {
  const { _ } = useLingui();
  const { t } = useMacro();
  const categories = useCategories();
  const asked = categories.data?.find(({ code }) => code === category);
  const names = PARTICULARS.filter((name) => asked?.particulars.includes(name));
  if (names.length === 0) return null;
  const { register, formState } = form;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      {names.map((name) => {
        const common = {
          label: _(PARTICULAR_LABELS[name]),
          withAsterisk: asked?.required_fields.includes(name),
          error: formState.errors.particulars?.[name]?.message,
          ...register(`particulars.${name}`),
        };
        return name === "domain" ? (
          <NativeSelect
            key={name}
            data={[
              { value: "", label: t`Choose…` },
              ...Object.entries(DOMAINS).map(([value, label]) => ({ value, label: _(label) })),
            ]}
            {...common}
          />
        ) : (
          <TextInput key={name} {...common} />
        );
      })}
    </SimpleGrid>
  );
}
