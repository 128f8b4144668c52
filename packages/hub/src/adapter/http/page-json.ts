import { z } from 'zod';
import type { Page } from '../../domain/common/page.ts';

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}

export function pageJson<Entity, Json>({ items, nextCursor }: Page<Entity>, toJson: (entity: Entity) => Json) {
  return { items: items.map(toJson), ...(nextCursor !== undefined && { nextCursor }) };
}
