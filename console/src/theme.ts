// One accent, a blue-green that means "go"; red only ends things, amber only waits. Everything else is ink and paper.
import { createTheme, Modal, type MantineColorsTuple } from '@mantine/core';

// prettier-ignore
const pine: MantineColorsTuple = [
  '#e9f7f4', '#d5ece8', '#a9dad1', '#7ac7ba', '#54b7a7', '#3cac9b', '#2aa594', '#178f80', '#0d7a70', '#00675e',
];

/** The dark scheme's greys, with a drop of the accent in them. */
// prettier-ignore
const dark: MantineColorsTuple = [
  '#cdd5d2', '#b4beba', '#8d9894', '#66716d', '#3a4340', '#313836', '#252b29', '#1d2221', '#171b1a', '#121615',
];

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: 8, // white on it reads well (contrast above 4.5) in both schemes
  colors: { pine, dark },
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", sans-serif',
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: { Modal: Modal.extend({ styles: { title: { fontWeight: 650 } } }) },
  headings: { fontWeight: '650' },
});
