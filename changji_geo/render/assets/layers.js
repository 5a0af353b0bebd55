// One Leaflet pane per layer, in the Scene's order: switching a layer shows or hides its pane and never reorders.

const MANY = 10; // above this many features a layer is one tab stop and the arrow keys walk through it

const SymbolMarker = L.CircleMarker.extend({
  _updatePath() {
    const p = this._point;
    this._renderer._setPath(this, this._empty() ? 'M0 0' : markerPath(this.options.marker, p.x, p.y, 2 * this._radius));
  },
  _updateBounds() {
    const [left, top, right, bottom] = markerBox(this.options.marker, 2 * this._radius);
    const edge = this._clickTolerance();
    this._pxBounds = L.bounds(this._point.add([left - edge, top - edge]), this._point.add([right + edge, bottom + edge]));
  },
});

function pathOptions(symbol, layer) {
  return {
    renderer: layer.renderer,
    pane: layer.pane,
    interactive: layer.interactive,
    bubblingMouseEvents: false,
    className: [layer.interactive ? 'feature' : 'feature still', layer.kind === 'surface' ? 'surface' : ''].join(' ').trim(),
    smoothFactor: 0.4,
    stroke: symbol.strokeWidth > 0,
    color: symbol.stroke,
    weight: symbol.strokeWidth * PX,
    opacity: symbol.strokeOpacity,
    dashArray: dashOf(symbol),
    fill: layer.shape !== 'line',
    fillColor: fillOf(symbol),
    fillOpacity: symbol.fillOpacity,
  };
}

function drawAreas(layer) {
  return layer.features.map((f) => [f, [L.polygon(f.shape, pathOptions(f.symbol, layer))]]);
}

function drawLines(layer) {
  return layer.features.map((f) => [f, [L.polyline(f.shape, pathOptions(f.symbol, layer))]]);
}

function drawMarkers(layer) {
  return layer.features.map((f) => [f, f.shape.map((at) => new SymbolMarker(at, {
    ...pathOptions(f.symbol, layer),
    marker: f.symbol.marker,
    radius: (sizeOf(f) * PX) / 2,
  }))]);
}

// Large circles first, so that small ones stay in reach.
function drawCircles(layer) {
  return drawMarkers(layer).sort(([a], [b]) => sizeOf(b) - sizeOf(a));
}

// The true shape of what a symbol stands for, under all symbols: it shows where it is larger than the symbol.
function drawOutlines(layer) {
  for (const feature of layer.features) {
    if (!feature.outline) continue;
    feature.outlinePath = L.polygon(feature.outline, {
      ...pathOptions({ ...feature.symbol, hatch: '', stroke: feature.symbol.fill, strokeWidth: 1.4, fillOpacity: 0.28 }, layer),
      interactive: false,
      className: 'outline',
    });
    layer.group.addLayer(feature.outlinePath);
  }
}

function drawClasses(layer) {
  return { area: drawAreas, line: drawLines, point: drawMarkers }[layer.shape](layer);
}

function drawLabels(layer) {
  return layer.features.map((f) => [f, []]);
}

const DRAW = { drawAreas, drawClasses, drawLines, drawMarkers, drawCircles, drawLabels };

function sizeOf(feature) {
  return feature.size === undefined ? feature.symbol.size : feature.size;
}

// What a feature's symbol covers around its position, in pixels.
function boxOf(feature) {
  return markerBox(feature.symbol.marker, sizeOf(feature) * PX);
}

function settleSymbols(scene) {
  for (const layer of scene.layers) {
    for (const feature of layer.features) {
      feature.layer = layer;
      feature.symbol = layer.shape === 'none' ? null : layer.classes[feature.class].symbol;
    }
  }
}

function addLayer(view, layer, index) {
  layer.pane = `layer-${index}`;
  layer.index = index;
  const pane = view.map.createPane(layer.pane);
  pane.classList.add('layer-pane');
  pane.style.zIndex = 410 + index;
  layer.paneElement = pane;
  layer.renderer = L.svg({ pane: layer.pane, padding: 0.5 });
  layer.group = L.featureGroup();
  drawOutlines(layer);
  for (const [feature, paths] of DRAW[layer.draw](layer)) {
    feature.paths = paths;
    for (const path of paths) {
      path.feature = feature;
      layer.group.addLayer(path);
    }
  }
  layer.group.addTo(view.map);
  const root = pane.querySelector('svg');
  if (root) {
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', layer.title);
  }
  if (layer.interactive) makeInteractive(view, layer);
  setVisible(view, layer, layer.visible);
  setOpacity(layer, layer.opacity);
}

function makeInteractive(view, layer) {
  const all = layer.features.flatMap((f) => f.paths);
  let paths = all;
  layer.settleTabs = () => {
    paths = all.filter((path) => !path.feature.left);
    paths.forEach((path, position) => {
      path.getElement().setAttribute('tabindex', paths.length <= MANY || position === 0 ? '0' : '-1');
    });
  };
  layer.settleTabs();
  all.forEach((path) => {
    const node = path.getElement();
    node.setAttribute('role', 'button');
    node.setAttribute('aria-label', spokenName(path.feature));
    node.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === 'Enter' || event.key === ' ') {
        openDetails(view, path.feature, { from: node });
      } else if (step) {
        const position = paths.indexOf(path);
        const next = paths[(position + step + paths.length) % paths.length].getElement();
        if (paths.length > MANY) {
          node.setAttribute('tabindex', '-1');
          next.setAttribute('tabindex', '0');
        }
        next.focus({ preventScroll: true });
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
    node.addEventListener('focus', () => {
      // A focused feature that lies outside the view is brought in, as the browser would scroll a page.
      if (!view.map.getBounds().contains(path.feature.at)) view.map.panTo(path.feature.at, { animate: !calm.matches });
    });
  });
  layer.group.on('click', (event) => openDetails(view, event.layer.feature, { at: layer.shape === 'point' ? null : event.latlng }));
  layer.group.bindTooltip(new HoverBox({ sticky: true, className: 'hover-box' }).setContent((path) => hoverText(path.feature)));
}

function spokenName(feature) {
  return [feature.name || feature.label || feature.id, valueText(feature)].filter(Boolean).join('，');
}

function valueText(feature) {
  if (feature.says !== undefined) return feature.says; // changes with time
  if (!feature.value || feature.value === feature.name) return ''; // a category may be the name itself
  return feature.layer.unit ? `${feature.value} ${feature.layer.unit}` : feature.value;
}

function setVisible(view, layer, visible) {
  layer.shown = visible;
  layer.paneElement.style.display = visible ? '' : 'none';
  if (!visible && view.open && view.open.feature.layer === layer) closeDetails(view);
  view.refresh();
}

function setOpacity(layer, opacity) {
  layer.shownOpacity = opacity;
  layer.paneElement.style.opacity = opacity;
  for (const feature of layer.features) {
    if (feature.labelElement) feature.labelElement.style.opacity = opacity;
  }
}
