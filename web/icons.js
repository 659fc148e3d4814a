// The icon library puts an icon together out of data, attribute by attribute, wherever one is shown, and a board shows
// hundreds. Built in here they are plain markup, which the browser copies as a whole.

/** @type {import('svelte/compiler').PreprocessorGroup} */
export const drawnIcons = {
  name: 'drawn-icons',
  markup({ content, filename = '' }) {
    if (!filename.includes('/@lucide/svelte/dist/icons/')) return;
    const data = content.match(/const iconData = (\{.*\});/)?.[1];
    if (!data)
      throw new Error(`${filename} does not hold its icon as it used to: icons.js must learn how it does.`);
    const { size, node } = JSON.parse(data);
    return { code: drawn(size, node) };
  },
};

/** @type {(size: number, node: [string, Record<string, string>][]) => string} */
const drawn = (size, node) => `<script>
  let { size = ${size}, 'aria-label': label } = $props();
</script>

<svg
  width={size}
  height={size}
  viewBox="0 0 ${size} ${size}"
  fill="none"
  stroke="currentColor"
  stroke-width="2"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-label={label}
  aria-hidden={label ? undefined : 'true'}>${node.map(([tag, attributes]) => `<${tag} ${words(attributes)} />`).join('')}</svg>
`;

/** @type {(attributes: Record<string, string>) => string} */
const words = (attributes) =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');
