package org.layerzoo.registry.catalog;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

interface JarRepository extends JpaRepository<JarEntity, String> {
    Optional<JarEntity> findByPluginIdAndLatestTrue(String pluginId);

    Optional<JarEntity> findByPluginIdAndVersion(String pluginId, String version);

    /** Whether anyone may see a version of the plugin. (A list as a parameter would be a new statement each time.) */
    @Query("select count(j) > 0 from JarEntity j where j.pluginId = :pluginId and j.source in ('local', 'published')")
    boolean knows(String pluginId);

    /** The versions of a plugin that anyone may see. */
    @Query("select j from JarEntity j where j.pluginId = :pluginId and j.source in ('local', 'published')")
    Page<JarEntity> visible(String pluginId, Pageable page);

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
