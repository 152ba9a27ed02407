package org.layerzoo.registry.catalog;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

interface JarRepository extends JpaRepository<JarEntity, String> {
    Optional<JarEntity> findByPluginIdAndLatestTrue(String pluginId);

    Optional<JarEntity> findByPluginIdAndVersion(String pluginId, String version);

    boolean existsByPluginIdAndSourceIn(String pluginId, Collection<String> sources);

    Page<JarEntity> findByPluginIdAndSourceIn(String pluginId, Collection<String> sources, Pageable page);

    /** What a look through the plugin folders may change. */
    @Query(
            "select j from JarEntity j where j.winner = true or j.source = 'local' and (j.present = true or j.latest = true)")
    List<JarEntity> ofFolders();

    /** What lists show, without the documents. */
    @Query("""
            select new org.layerzoo.registry.catalog.CatalogEntry(
                j.sha256, j.pluginId, j.version, j.source, j.title, j.family, j.kind, j.fidelity, j.year, j.arxiv, j.summary,
                j.modes, j.backends, j.levels)
            from JarEntity j where j.latest = true order by j.pluginId""")
    List<CatalogEntry> latest();
}
