import type { components, paths } from '@/api/schema.gen'

type Schemas = components['schemas']

/** What a person may ask of a terminal. */
export type AskedType = Schemas['CommandForm']['type']
export type CommandState = Schemas['Command']['state']
export type CommandFilters = NonNullable<paths['/api/commands']['get']['parameters']['query']>
export type FailedFilters = NonNullable<paths['/api/failed-items']['get']['parameters']['query']>
export type Payload = Record<string, unknown>

export type Import = Schemas['Import']
export type ImportConflict = Schemas['ImportConflict']
export type ImportFigure = Schemas['ImportFigure']
export type ImportState = Import['state']
export type ImportTrade = Schemas['ImportTrade']
