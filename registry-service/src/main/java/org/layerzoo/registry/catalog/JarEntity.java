package org.layerzoo.registry.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.file.Path;
import java.time.Instant;

/** A catalogued jar. */
@Entity
@Table(name = "plugin_jar")
class JarEntity {
    @Id
    String sha256;

    String pluginId;
    String version;
    String source;
    String title;
    String family;
    String kind;
    String fidelity;
    int year;
    String arxiv;
    String summary;

    @Column(columnDefinition = "varchar[]")
    String[] modes;

    @Column(columnDefinition = "varchar[]")
    String[] backends;

    String spi;
    String requires;
    long size;
    String path;
    boolean present;
    boolean latest;
    boolean winner;
    String metadata;
    String card;
    String levels;
    Instant cataloguedAt;

    static final String LOCAL = "local";
    static final String PUBLISHED = "published";
    static final String UPLOAD = "upload";
    static final String HIDDEN = "hidden";

    protected JarEntity() {}

    JarEntity(PluginJar jar, Path file, Instant now) {
        PluginMetadata plugin = jar.metadata();
        sha256 = jar.sha256();
        pluginId = plugin.id();
        version = jar.version();
        source = LOCAL;
        title = plugin.title();
        family = plugin.family();
        kind = plugin.kind();
        fidelity = plugin.fidelity();
        year = plugin.year();
        arxiv = plugin.arxiv();
        summary = plugin.summary();
        modes = plugin.modes().toArray(String[]::new);
        backends = plugin.backends().toArray(String[]::new);
        spi = plugin.spi();
        requires = plugin.requires();
        size = jar.size();
        path = file.toString();
        metadata = plugin.document();
        card = jar.card().document();
        levels = Levels.NONE.json();
        cataloguedAt = now;
    }

    /** The version without what tells local jars and uploads apart. */
    String plainVersion() {
        return version.split("\\+", 2)[0];
    }

    /** Names the jar {@code 0.1.0+word.1a2b3c4d}, which no published version can be called. */
    void become(String newSource, String word) {
        source = newSource;
        version = plainVersion() + "+" + word + "." + sha256.substring(0, 8);
    }
}
