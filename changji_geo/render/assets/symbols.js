// Point symbols, hatches and strokes, the same on the map and in the legend. Sizes come in points.

const PX = 4 / 3;

// Outlines and boxes come with the data, in diameters around the position; paper and screen share them.
const markers = {};

function markerPath(marker, x, y, diameter) {
  return markers[marker].path.map(([command, ...numbers]) => command + numbers
    .map((number, i) => ((i % 2 ? y : x) + number * diameter).toFixed(2)).join(' ')).join('');
}

// What a symbol covers around its position, in pixels: [left, top, right, bottom].
function markerBox(marker, diameter) {
  return markers[marker].box.map((side) => side * diameter);
}

const HATCH_LINES = {
  '/': ['M-1,1l2,-2M0,8l8,-8M7,9l2,-2'],
  '\\': ['M-1,7l2,2M0,0l8,8M7,-1l2,2'],
  x: ['M-1,1l2,-2M0,8l8,-8M7,9l2,-2', 'M-1,7l2,2M0,0l8,8M7,-1l2,2'],
};

const hatches = new Map();
let hatchStore = null;

// What to fill with: the colour, or a pattern over it. One pattern serves all symbols that look alike.
function fillOf(symbol) {
  if (!symbol.hatch) return symbol.fill;
  const key = [symbol.hatch, symbol.fill, symbol.stroke].join('|');
  if (!hatches.has(key)) {
    if (!hatchStore) {
      hatchStore = svg('svg', { class: 'hatches', width: 0, height: 0, 'aria-hidden': 'true', focusable: 'false' });
      document.body.append(hatchStore);
    }
    const id = `hatch-${hatches.size}`;
    const marks = symbol.hatch === '.'
      ? [svg('circle', { cx: 2, cy: 2, r: 1, fill: symbol.stroke }), svg('circle', { cx: 6, cy: 6, r: 1, fill: symbol.stroke })]
      : HATCH_LINES[symbol.hatch].map((d) => svg('path', { d, fill: 'none', stroke: symbol.stroke, 'stroke-width': 0.9 }));
    hatchStore.append(svg('pattern', { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse', 'data-fill': symbol.fill },
      svg('rect', { width: 8, height: 8, fill: symbol.fill }), ...marks));
    hatches.set(key, `url(#${id})`);
  }
  return hatches.get(key);
}

// The plain colour behind a fill attribute.
function plainColor(value) {
  const match = /^url\("?#(hatch-\d+)"?\)$/.exec(value || '');
  return match ? document.getElementById(match[1]).getAttribute('data-fill') : value;
}

function dashOf(symbol) {
  return symbol.dash.length ? symbol.dash.map((length) => (length * PX).toFixed(2)).join(' ') : null;
}

// A small picture of a symbol for the legend; `size` overrides the symbol's own diameter.
function swatch(symbol, shape, size) {
  const look = {
    fill: shape === 'line' ? 'none' : fillOf(symbol),
    'fill-opacity': symbol.fillOpacity,
    stroke: symbol.strokeWidth > 0 ? symbol.stroke : 'none',
    'stroke-width': symbol.strokeWidth * PX,
    'stroke-opacity': symbol.strokeOpacity,
    'stroke-dasharray': dashOf(symbol),
    'stroke-linejoin': 'round',
  };
  if (shape === 'point') {
    const diameter = (size || symbol.size) * PX;
    const [left, top, right, bottom] = markerBox(symbol.marker, diameter);
    const edge = symbol.strokeWidth * PX;
    const width = Math.max(30, right - left + 2 * edge);
    const height = bottom - top + 2 * edge;
    const box = [-width / 2, top - edge, width, height].map((v) => v.toFixed(2)).join(' ');
    return svg('svg', { class: 'swatch', viewBox: box, width: width.toFixed(1), height: height.toFixed(1), 'aria-hidden': 'true' },
      svg('path', { ...look, d: markerPath(symbol.marker, 0, 0, diameter) }));
  }
  if (shape === 'line') {
    return svg('svg', { class: 'swatch', viewBox: '0 0 30 12', width: 30, height: 12, 'aria-hidden': 'true' },
      svg('path', { ...look, d: 'M1,8C8,2 13,2 17,6S25,9 29,4' }));
  }
  return svg('svg', { class: 'swatch', viewBox: '0 0 30 16', width: 30, height: 16, 'aria-hidden': 'true' },
    svg('rect', { ...look, x: 1, y: 1, width: 28, height: 14, rx: 1.5 }));
}
