import { z } from 'zod';
import type { Page } from '../../../domain/common/page.ts';

/** A page of a listing; `id` names it in the description of the interface. */
export function pageSchema<Item extends z.ZodType>(id: string, item: Item) {
  return z
    .object({
      items: z.array(item),
      nextCursor: z
        .string()
        .optional()
        .meta({ description: 'For `cursor`, to get the next page; absent on the last one.' }),
    })
    .meta({ id });
}

export function pageJson<Entity, Json>({ items, nextCursor }: Page<Entity>, toJson: (entity: Entity) => Json) {
  return { items: items.map(toJson), ...(nextCursor !== undefined && { nextCursor }) };
}
