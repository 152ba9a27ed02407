package org.layerzoo.maven;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * One paper of a module, complete: everything its jar will hold.
 *
 * @param slug plugin id
 * @param version plugin version (SemVer)
 * @param basePackage package that holds all its classes
 * @param pluginClass binary name of its {@code org.pf4j.Plugin}
 * @param extensions binary names of its classes with {@code @Extension}, sorted
 * @param properties the author's plugin.properties
 * @param files jar entry name to the file it comes from
 */
record Paper(
        String slug,
        String version,
        String basePackage,
        String pluginClass,
        List<String> extensions,
        Map<String, String> properties,
        SortedMap<String, Path> files) {

    String jarName() {
        return slug + "-" + version + ".jar";
    }
}
