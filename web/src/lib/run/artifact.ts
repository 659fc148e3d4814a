import type { ArtifactFile } from '$lib/api/types';

const unsafe = /\.(pkl|pickle|pt|pth|joblib|bin)$/i;
const image = /\.(png|jpe?g|gif|webp)$/i;
const table = /\.(csv|tsv)$/i;
const json = /\.(json|ipynb)$/i;
const text =
  /(\.(txt|md|ya?ml|toml|cfg|ini|log|py|sh|sql|xml|html?|svg|js|ts|css|r|jsonl)|(^|\/)(MLmodel|Dockerfile|requirements[^/]*|LICENSE|README))$/i;

export type Preview = 'image' | 'table' | 'json' | 'text' | 'none';

/** Formats that can run code when they are loaded. Slipway never loads them. */
export const isUnsafe = ({ name }: Pick<ArtifactFile, 'name'>) => unsafe.test(name);

/** How a file can be looked at here. Markup is shown as its source text and never rendered. */
export function previewOf({ path }: Pick<ArtifactFile, 'path'>): Preview {
  if (image.test(path)) return 'image';
  if (table.test(path)) return 'table';
  if (json.test(path)) return 'json';
  return text.test(path) ? 'text' : 'none';
}

export const contentPath = (run: string, path: string) =>
  `/api/v1/runs/${run}/artifacts/content?path=${encodeURIComponent(path)}`;

/** Comma or tab separated text as rows; quotes may hold separators, line ends and doubled quotes. */
export function rowsOf(source: string, limit: number): string[][] {
  const separator = source.slice(0, 2000).includes('\t') && !source.slice(0, 2000).includes(',') ? '\t' : ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    row.push(cell);
    cell = '';
  };
  for (let at = 0; at < source.length && rows.length < limit; at += 1) {
    const sign = source.charAt(at);
    if (quoted && sign === '"' && source[at + 1] === '"') cell += source[(at += 1)];
    else if (sign === '"' && (quoted || cell === '')) quoted = !quoted;
    else if (quoted) cell += sign;
    else if (sign === separator) endCell();
    else if (sign === '\n') {
      endCell();
      rows.push(row);
      row = [];
    } else if (sign !== '\r') cell += sign;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows.slice(0, limit);
}
