package org.layerzoo.registry.catalog;

import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.layerzoo.registry.api.CatalogProblem;
import org.layerzoo.registry.api.CatalogProblemPage;
import org.layerzoo.registry.api.MeasurementPage;
import org.layerzoo.registry.api.Plugin;
import org.layerzoo.registry.api.PluginPage;
import org.layerzoo.registry.api.PluginsApi;
import org.layerzoo.registry.api.VersionPage;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Sort;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
class PluginController implements PluginsApi {
    private final Catalog catalog;
    private final JarRepository jars;
    private final PluginFolders folders;
    private final TextSearch texts;
    private final Verifications verifications;
    private final Measurements measurements;
    private final Speeds speeds;
    private final Releases releases;
    private final PluginView view;

    PluginController(
            Catalog catalog,
            JarRepository jars,
            PluginFolders folders,
            TextSearch texts,
            Verifications verifications,
            Measurements measurements,
            Speeds speeds,
            Releases releases,
            JsonMapper json) {
        this.catalog = catalog;
        this.jars = jars;
        this.folders = folders;
        this.texts = texts;
        this.verifications = verifications;
        this.measurements = measurements;
        this.speeds = speeds;
        this.releases = releases;
        this.view = new PluginView(json);
    }

    @Override
    public ResponseEntity<PluginPage> listPlugins(
            String query,
            String family,
            String kind,
            String mode,
            String backend,
            Integer level,
            Integer year,
            Integer length,
            Integer page,
            Integer size,
            String sort) {
        var search = new CatalogSearch(
                filter(family), filter(kind), filter(mode), filter(backend), filter(level), filter(year));
        Optional<TextSearch.Found> found = filter(query).map(texts::find);
        List<CatalogEntry> entries = found.map(f -> ranked(f.ranked())).orElseGet(catalog::latest);
        String order = sort != null ? sort : found.isPresent() ? CatalogSearch.RELEVANCE : "id";
        PluginPage answer = search.page(entries, page, size, order, speeds.at(length));
        found.flatMap(TextSearch.Found::corrected).ifPresent(answer::setCorrectedQuery);
        return ResponseEntity.ok(answer);
    }

    private List<CatalogEntry> ranked(List<String> found) {
        Map<String, CatalogEntry> bySha256 =
                catalog.latest().stream().collect(Collectors.toMap(CatalogEntry::sha256, Function.identity()));
        return found.stream()
                .map(bySha256::get)
                .filter(Objects::nonNull) // withdrawn between the two questions
                .toList();
    }

    /** An empty filter is what a cleared form field sends. */
    private static Optional<String> filter(String value) {
        return Optional.ofNullable(value).filter(text -> !text.isBlank());
    }

    private static Optional<String> filter(Integer value) {
        return Optional.ofNullable(value).map(Object::toString);
    }

    @Override
    public ResponseEntity<Plugin> getPlugin(String id) {
        return getVersion(id, "latest");
    }

    @Override
    public ResponseEntity<Plugin> getVersion(String id, String version) {
        JarEntity jar = catalog.find(id, version);
        Plugin plugin = view.plugin(jar, verifications.newest(jar.sha256));
        Optional.ofNullable(releases.of(id).get(jar.sha256))
                .ifPresent(known -> plugin.release(view.version(jar, Optional.of(known))));
        return ResponseEntity.ok(plugin);
    }

    @Override
    public ResponseEntity<VersionPage> listVersions(String id, Integer page, Integer size, String sort) {
        if (!catalog.knows(id)) {
            throw new ProblemException(
                    ProblemCode.PLUGIN_UNKNOWN, "expected the id of a catalogued plugin, given '" + id + "'");
        }
        String[] words = sort.split(",");
        Sort order = Sort.by(words[0]);
        order = words.length > 1 && words[1].equals("desc") ? order.descending() : order;
        var found = jars.visible(id, PageRequest.of(page, size, order.and(Sort.by("sha256"))));
        var known = releases.of(id);
        var items = found.map(jar -> view.version(jar, Optional.ofNullable(known.get(jar.sha256))))
                .getContent();
        return ResponseEntity.ok(new VersionPage(items, page, size, found.getTotalElements()));
    }

    @Override
    public ResponseEntity<Map<String, Object>> getSchema(String id, String version, String provider) {
        return ResponseEntity.ok(view.schema(catalog.find(id, version), provider)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.PROVIDER_UNKNOWN, "expected a provider of " + id + ", given '" + provider + "'")));
    }

    @Override
    public ResponseEntity<MeasurementPage> listMeasurements(
            String id, String version, String unit, String pass, String backend, Integer page, Integer size) {
        JarEntity jar = catalog.find(id, version);
        return ResponseEntity.ok(
                measurements.page(jar.sha256, filter(unit), filter(pass), filter(backend), page, size));
    }

    @Override
    public ResponseEntity<CatalogProblemPage> listCatalogProblems(Integer page, Integer size) {
        var all = folders.rejected();
        List<CatalogProblem> items = all.stream()
                .skip((long) page * size)
                .limit(size)
                .map(bad -> new CatalogProblem(
                        bad.file().getFileName().toString(),
                        bad.reason().code(),
                        bad.reason().title(),
                        bad.detail(),
                        bad.since().atOffset(ZoneOffset.UTC)))
                .toList();
        return ResponseEntity.ok(new CatalogProblemPage(items, page, size, (long) all.size()));
    }
}
