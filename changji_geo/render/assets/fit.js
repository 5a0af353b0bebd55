// The whole map ("home"): as large as it goes with the data clear of the buttons and the scale bar.

const CLEAR = 8; // pixels between a control and the box of the map

function homeView(view) {
  const { map, bounds } = view;
  const frame = map.getContainer().getBoundingClientRect();
  const corners = [
    cornerBox(map, frame, '.leaflet-top.leaflet-left', 0),
    cornerBox(map, frame, '.leaflet-bottom.leaflet-left', 140),
  ].filter(Boolean);
  // A control may lie over the map's box where the box is empty; otherwise the box moves beside it or off its edge.
  const wayOut = (box) => [
    {},
    { left: box.right + CLEAR },
    box.top < frame.height / 2 ? { top: box.bottom + CLEAR } : { bottom: frame.height - box.top + CLEAR },
  ];
  const choices = corners.reduce((all, box) => all.flatMap((one) => wayOut(box).map((two) => mergePads(one, two))), [{}]);
  const views = choices.map((pads) => fitted(map, bounds, pads));
  const clear = views.filter((one) => !corners.some((box) => coversData(view, one, box)));
  return (clear.length ? clear : views).reduce((best, one) => (one.zoom > best.zoom ? one : best));
}

function mergePads(a, b) {
  const side = (name) => Math.max(a[name] || 0, b[name] || 0);
  return { left: side('left'), top: side('top'), bottom: side('bottom') };
}

function cornerBox(map, frame, selector, width) {
  const boxes = [...map.getContainer().querySelectorAll(`${selector} > .leaflet-control`)]
    .map((node) => node.getBoundingClientRect()).filter((box) => box.width > 0);
  if (!boxes.length) return null;
  const left = Math.min(...boxes.map((box) => box.left)) - frame.left;
  return {
    left,
    top: Math.min(...boxes.map((box) => box.top)) - frame.top,
    right: Math.max(left + width, ...boxes.map((box) => box.right - frame.left)),
    bottom: Math.max(...boxes.map((box) => box.bottom)) - frame.top,
  };
}

// The box of the map in what the pads leave free: its middle there, and where its edges come to lie on the screen.
function fitted(map, bounds, { left = 0, top = 0, bottom = 0 }) {
  const size = map.getSize();
  const zoom = map.getBoundsZoom(bounds, false, L.point(left, top + bottom));
  const [sw, ne] = [bounds.getSouthWest(), bounds.getNorthEast()].map((at) => map.project(at, zoom));
  const centre = sw.add(ne).divideBy(2).subtract([left / 2, (top - bottom) / 2]);
  const origin = centre.subtract(size.divideBy(2));
  return { centre: map.unproject(centre, zoom), zoom, origin, box: L.bounds(sw.subtract(origin), ne.subtract(origin)) };
}

// Whether a control would lie over something to read or click inside the map's box.
function coversData(view, { zoom, origin, box }, control) {
  const scale = view.map.getZoomScale(zoom, 0);
  const left = Math.max(control.left, box.min.x);
  const right = Math.min(control.right, box.max.x);
  const top = Math.max(control.top, box.min.y);
  const bottom = Math.min(control.bottom, box.max.y);
  if (left >= right || top >= bottom) return false;
  const window = (edge) => L.bounds(
    origin.add([left - edge, top - edge]).divideBy(scale), origin.add([right + edge, bottom + edge]).divideBy(scale));
  const plain = window(0);
  return outlines(view).some(({ shape, edge, lines }) => {
    if (shape === 'point') return lines[0].some((at) => window(edge).contains(at));
    if (shape === 'area') return lines.some((ring) => L.PolyUtil.clipPolygon(ring, plain).length > 0);
    return lines.some((line) => line.some((at, i) => i > 0 && L.LineUtil.clipSegment(line[i - 1], at, plain)));
  });
}

// What the layers draw, in pixels of zoom 0; the backdrop (neither in the legend nor to click) may lie under a control.
function outlines(view) {
  if (!view.outlines) {
    const flat = (line) => line.map((at) => view.map.project(at, 0));
    view.outlines = view.scene.layers.filter((layer) => layer.legend || layer.interactive).flatMap((layer) => (
      layer.features.map((feature) => ({
        shape: layer.shape,
        edge: layer.shape === 'point' ? (sizeOf(feature) * PX) / 2 : 0,
        lines: { area: () => feature.shape.flat(), line: () => feature.shape, point: () => [feature.shape], none: () => [] }[
          layer.shape]().map(flat),
      })))).filter((item) => item.lines.length);
  }
  return view.outlines;
}
