/**
 * Zod for the filter tree's outermost level. The tree itself is checked where it is compiled: iteratively, since a
 * hostile one may be nested deeper than a recursive schema's stack.
 */
import * as z from 'zod'
import type { FilterNode } from './filter.ts'

export const filterSchema = z
  .union([z.literal('all'), z.record(z.string(), z.unknown())], {
    error:
      'expected "all", {}, a leaf {table: {column: {operator: value}}} or a branch {left, operator, right}',
  })
  .meta({
    description:
      '"all", {}, a leaf {table: {column: {operator: value}}}, or a branch {left, operator: "and" | "or", right}.',
    example: { request_response_rmt: { status: { gte: 400 } } },
  }) as unknown as z.ZodType<FilterNode, FilterNode>
