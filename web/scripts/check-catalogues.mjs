// Fails when a text of the code is missing in a catalogue, untranslated, or translated with other placeholders.
// Writes nothing: `npm run i18n:extract` brings the catalogues up to date.
import { getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";

const config = getConfig();
const faults = [];

for (const catalog of await getCatalogs(config)) {
  const used = await catalog.collect();
  if (!used) throw new Error("the texts of the code could not be collected");
  for (const locale of config.locales) {
    const held = (await catalog.read(locale)) ?? {};
    for (const [id, { message }] of Object.entries(used)) {
      const translation = held[id]?.translation;
      if (!held[id]) faults.push(`${locale}: missing: ${message}`);
      else if (locale !== config.sourceLocale && !translation)
        faults.push(`${locale}: not translated: ${message}`);
      else if (translation && placeholders(translation) !== placeholders(message))
        faults.push(`${locale}: placeholders differ: ${message}`);
    }
    for (const [id, { message, obsolete }] of Object.entries(held)) {
      if (!used[id] && !obsolete) faults.push(`${locale}: no longer used: ${message}`);
    }
  }
}

for (const fault of faults) console.error(fault);
console.log(
  faults.length === 0 ? "Catalogues are complete." : `${faults.length} faults; run: npm run i18n:extract`,
);
process.exit(faults.length === 0 ? 0 : 1);

/** The names and tags a text carries, in any order: "{0}", "{count, plural", "<0>". */
function placeholders(text) {
  return [...new Set(text.match(/\{\w+(?=[,}])|<\/?\d+\/?>/g) ?? [])].sort().join(" ");
}
