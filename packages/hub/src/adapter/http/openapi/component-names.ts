const COMPONENT = /"#\/components\/schemas\/([A-Za-z0-9]+)"/g;
const INPUT = /Input$/;

type Schemas = Readonly<Record<string, unknown>>;

/**
 * Keeps the schemas that something refers to, under the shortest name that is free. Every named schema is described twice, as it is
 * read (`RunInput`) and as it is written (`Run`), and most are only one of both.
 */
export function nameComponents<Document extends object>(document: Document): Document {
  const { components, ...rest } = document as Document & { readonly components?: unknown };
  const { schemas = {}, ...others } = (components ?? {}) as { readonly schemas?: Schemas };
  const used = reachable(namesIn(rest), schemas);
  const names = new Map(Array.from(used, (name) => [name, shortName(name, used)]));
  const kept = Object.fromEntries(Array.from(names, ([name, short]) => [short, schemas[name]]));
  const sorted = Object.fromEntries(Object.entries(kept).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const text = JSON.stringify({ ...document, components: { ...others, schemas: sorted } });
  return JSON.parse(text.replace(COMPONENT, (_all, name: string) => `"#/components/schemas/${names.get(name)}"`));
}

/** The names that are referred to from these on. */
function reachable(from: ReadonlySet<string>, schemas: Schemas): ReadonlySet<string> {
  const found = new Set(from);
  // A set that grows while it is walked is walked to its end.
  for (const name of found) {
    for (const next of namesIn(schemas[name])) found.add(next);
  }
  return found;
}

function namesIn(value: unknown): ReadonlySet<string> {
  const text = JSON.stringify(value) ?? '';
  return new Set(Array.from(text.matchAll(COMPONENT), ([, name = '']) => name));
}

function shortName(name: string, used: ReadonlySet<string>): string {
  const short = name.replace(INPUT, '');
  return used.has(short) ? name : short;
}
