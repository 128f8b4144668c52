const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** Bytes from `134217728`, `128MiB`, `1.5 GiB` or `500MB`; undefined when it is no size. Parts of a byte are dropped. */
export function parseByteSize(text: string): number | undefined {
  const parts = /^(\d{1,16}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = units[parts?.[2]?.toLowerCase() ?? 'none'];
  if (parts === null || unit === undefined) return undefined;
  const bytes = Math.floor(Number(parts[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
