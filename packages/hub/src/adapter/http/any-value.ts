import fc from 'fast-check';

/** A schema of an OpenAPI document, and those that it can refer to. */
export type Schema = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Schema>>;

/** Text that programs stumble over. */
export const nastyText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    "'; DROP TABLE users; --",
    '%',
    '_',
    '\\',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'null',
    'NaN',
    '-1',
    '0',
    '1e400',
    '999999999999999999999999',
    '9007199254740993',
    '\ud83d',
    '\u202etxt',
    '💾'.repeat(300),
    'x'.repeat(9_000),
    '9999-12-31T23:59:60Z',
    '* * * * *',
    '(a+)+$',
    '[[[[[',
    '{{{{,}}}}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Values that a schema describes, each now and then replaced by one that it does not. */
export function arbitraryOf(schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const wrong: fc.Arbitrary<unknown> = fc.oneof(
    nastyText,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant([]),
    fc.constant({}),
  );
  return fc.oneof({ weight: 24, arbitrary: described(schema, schemas) }, { weight: 1, arbitrary: wrong });
}

function described(schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') {
    return arbitraryOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas);
  }
  if (Array.isArray(schema.examples) && schema.examples.length > 0) {
    const { examples, ...rest } = schema;
    return fc.oneof(fc.constantFrom(...examples), described(rest, schemas));
  }
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return fc.oneof(...choices.map((each: Schema) => arbitraryOf(each, schemas)));
  switch (schema.type) {
    case 'integer':
      return fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 2 ** 53));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(arbitraryOf((schema.items ?? {}) as Schema, schemas), { maxLength: 4 });
    case 'object':
      return describedObject(schema, schemas);
    default:
      return describedText(schema);
  }
}

function describedText({ format }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    return fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  const familiar = fc.constantFrom('web-01', 'vault', '/srv', '/srv/a', '*/5 * * * *', 'Europe/Berlin', '**/*.log');
  return fc.oneof({ weight: 3, arbitrary: familiar }, { weight: 1, arbitrary: nastyText });
}

function describedObject(schema: Schema, schemas: Schemas): fc.Arbitrary<object> {
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>);
  const model = Object.fromEntries(properties.map(([name, each]) => [name, arbitraryOf(each, schemas)]));
  return fc.record(model, { requiredKeys: (schema.required ?? []) as never });
}
