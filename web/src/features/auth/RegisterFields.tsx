import { Trans, useLingui } from "@lingui/react/macro";
import {
  Checkbox,
  Fieldset,
  Group,
  NativeSelect,
  Paper,
  ScrollArea,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { Password } from "~/ui/Password";
import { Controller, useFormContext, useWatch } from "react-hook-form";

import type { College } from "~/api/schema";
import { PASSWORD_MIN, type RegisterForm } from "~/features/auth/registerSchema";
import { LANGUAGES } from "~/i18n/i18n";

/** Who the student is on the college's records. */
export function StudyFields({ college }: { college: College }) {
  const { t } = useLingui();
  const { register, control, setValue, formState } = useFormContext<RegisterForm>();
  const { errors } = formState;
  const department = useWatch({ control, name: "department" });
  const departmentId = college.departments.find(({ code }) => code === department)?.id;
  const programmes = college.programmes.filter(({ department_id }) => department_id === departmentId);
  return (
    <Fieldset
      legend={t`You, on the college's records`}
      variant="unstyled"
      styles={{ legend: { fontSize: 18, fontWeight: 650 } }}
    >
      <Stack gap="md" mt="xs">
        <TextInput
          label={t`Full name`}
          description={t`As on your records; a single name or initials are fine`}
          autoComplete="name"
          error={errors.full_name?.message}
          {...register("full_name")}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label={t`Name in your own script (optional)`}
            error={errors.full_name_native?.message}
            {...register("full_name_native")}
          />
          <NativeSelect
            label={t`Its language`}
            data={[
              { value: "", label: "–" },
              { value: "hi", label: LANGUAGES.hi },
              { value: "ta", label: LANGUAGES.ta },
            ]}
            {...register("native_language")}
          />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label={t`Roll number`}
            autoComplete="off"
            error={errors.roll_number?.message}
            {...register("roll_number")}
          />
          <TextInput
            label={t`Batch`}
            placeholder="2023-2027"
            inputMode="numeric"
            error={errors.batch?.message}
            {...register("batch")}
          />
          <NativeSelect
            label={t`Department`}
            data={[
              { value: "", label: t`Choose…` },
              ...college.departments.map(({ code, name }) => ({ value: code, label: name })),
            ]}
            error={errors.department?.message}
            {...register("department", { onChange: () => setValue("programme", "") })}
          />
          <NativeSelect
            label={t`Programme`}
            disabled={!department}
            data={[
              { value: "", label: t`Choose…` },
              ...programmes.map(({ code, name }) => ({ value: code, label: name })),
            ]}
            error={errors.programme?.message}
            {...register("programme")}
          />
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}

/** How the student signs in, and the code that proves the roster row if the college gave one. */
export function AccountFields() {
  const { t } = useLingui();
  const { register, formState } = useFormContext<RegisterForm>();
  const { errors } = formState;
  return (
    <Fieldset
      legend={t`Your account`}
      variant="unstyled"
      styles={{ legend: { fontSize: 18, fontWeight: 650 } }}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs">
        <TextInput
          label={t`E-mail`}
          type="email"
          description={t`Best the one the college gave you`}
          autoComplete="username"
          error={errors.email?.message}
          {...register("email")}
        />
        <Password
          label={t`Password`}
          description={t`At least ${PASSWORD_MIN} characters`}
          autoComplete="new-password"
          error={errors.password?.message}
          {...register("password")}
        />
        <TextInput
          label={t`Code from the college (optional)`}
          description={t`If you got one on paper, you are confirmed at once`}
          autoComplete="one-time-code"
          error={errors.code?.message}
          {...register("code")}
        />
      </SimpleGrid>
    </Fieldset>
  );
}

/** The college's consent text, to read and to agree to. */
export function ConsentField({ college }: { college: College }) {
  const { control } = useFormContext<RegisterForm>();
  return (
    <Paper withBorder p="md" radius="md">
      <ScrollArea.Autosize mah={140} type="auto">
        <Text size="sm" style={{ whiteSpace: "pre-line" }}>
          {college.consent_text}
        </Text>
      </ScrollArea.Autosize>
      <Group mt="sm">
        <Controller
          name="consent"
          control={control}
          render={({ field: { value, ...field }, fieldState }) => (
            <Checkbox
              label={<Trans>I have read this and agree</Trans>}
              checked={value}
              error={fieldState.error?.message}
              {...field}
              onChange={(event) => field.onChange(event.currentTarget.checked)}
            />
          )}
        />
      </Group>
    </Paper>
  );
}
