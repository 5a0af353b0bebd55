// The data block -> plain objects with Leaflet's [lat, lon] positions.

const SCALE = 100000;

function decodeLine(numbers) {
  const out = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    x += numbers[i];
    y += numbers[i + 1];
    out.push([y / SCALE, x / SCALE]);
  }
  return out;
}

const DECODE = {
  area: (parts) => parts.map((rings) => rings.map(decodeLine)),
  line: (parts) => parts.map(decodeLine),
  point: (parts) => parts.flatMap(decodeLine),
  none: () => [],
};

function readScene(text) {
  const scene = JSON.parse(text);
  Object.assign(markers, scene.markers);
  for (const layer of scene.layers) {
    for (const feature of layer.features) {
      feature.at = [feature.at[1] / SCALE, feature.at[0] / SCALE];
      feature.shape = DECODE[layer.shape](feature.shape);
      if (feature.outline) feature.outline = DECODE.area(feature.outline);
    }
    for (const item of layer.classes) item.symbol = readSymbol(item.symbol);
  }
  return scene;
}

function readSymbol([fillColor, fillOpacity, stroke, strokeWidth, strokeOpacity, dash, hatch, marker, size]) {
  return { fill: fillColor, fillOpacity, stroke, strokeWidth, strokeOpacity, dash, hatch, marker, size };
}
