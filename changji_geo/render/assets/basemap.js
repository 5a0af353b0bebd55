// Tile backgrounds: an online service the map asked for, or tiles that lie in the page.

const EmbeddedTiles = L.GridLayer.extend({
  createTile(coords) {
    const data = this.options.tiles[`${coords.z}/${coords.x}/${coords.y}`];
    return data ? el('img', { alt: '', role: 'presentation', src: data }) : el('div');
  },
});

function addBasemap(map, basemap) {
  const options = {
    opacity: basemap.opacity,
    minZoom: 0,
    maxZoom: 22,
    minNativeZoom: basemap.minZoom,
    maxNativeZoom: basemap.maxZoom,
  };
  for (const url of basemap.urls) {
    L.tileLayer(url, { ...options, subdomains: basemap.subdomains || 'abc' }).addTo(map);
  }
  if (Object.keys(basemap.tiles).length) new EmbeddedTiles({ ...options, tiles: basemap.tiles }).addTo(map);
}
