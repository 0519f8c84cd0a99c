import { z } from 'zod';

/** A column of 0 or 1. */
export const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1);

/** A column of JSON. */
export function json<Shape extends z.ZodType>(shape: Shape) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(shape);
}

/** The row as a record, or null when there was none. Columns are named as the fields. */
export function one<Row>(shape: z.ZodType<Row>, row: unknown): Row | null {
  return row === undefined ? null : shape.parse(row);
}

export function many<Row>(shape: z.ZodType<Row>, rows: readonly unknown[]): readonly Row[] {
  return rows.map((row) => shape.parse(row));
}

const countRow = z.object({ count: z.int() });

/** The value of a column named `count`. */
export function countOf(row: unknown): number {
  return countRow.parse(row).count;
}

/** As SQLite takes it: it knows no booleans. */
export function bit(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}
