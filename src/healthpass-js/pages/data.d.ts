/** What build.mjs makes of words.csv and of the tables of the specification. */
declare module "data:words" {
  export const example: { text: string; key: string };
  type Row = Record<string, string> & { zh: string; en: string };
  type Name = "actions" | "claims" | "colors" | "document-types" | "duties" | "evidence-types" | "outcomes" | "reasons" | "test-methods" | "test-results" | "verdicts";
  export const tables: Record<Name, Row[]>;
  export const words: Record<string, { en: string; zh: string }>;
}
