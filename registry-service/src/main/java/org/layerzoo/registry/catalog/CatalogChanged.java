package org.layerzoo.registry.catalog;

/** Published after a look through the plugin folders that found something new. */
public record CatalogChanged() {}
