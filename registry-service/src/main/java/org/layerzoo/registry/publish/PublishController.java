package org.layerzoo.registry.publish;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.Alias;
import org.layerzoo.registry.api.AliasTarget;
import org.layerzoo.registry.api.Maintainer;
import org.layerzoo.registry.api.Publication;
import org.layerzoo.registry.api.PublicationPage;
import org.layerzoo.registry.api.PublicationState;
import org.layerzoo.registry.api.PublishingApi;
import org.layerzoo.registry.api.Reason;
import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.api.TagList;
import org.layerzoo.registry.api.Version;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.Verifications;
import org.layerzoo.registry.security.Caller;
import org.layerzoo.registry.security.Callers;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

@RestController
class PublishController implements PublishingApi {
    private final Publishing publishing;
    private final PublicationStore publications;
    private final VersionActions versions;
    private final Maintainers maintainers;
    private final Verifications verifications;
    private final Catalog catalog;

    PublishController(
            Publishing publishing,
            PublicationStore publications,
            VersionActions versions,
            Maintainers maintainers,
            Verifications verifications,
            Catalog catalog) {
        this.publishing = publishing;
        this.publications = publications;
        this.versions = versions;
        this.maintainers = maintainers;
        this.verifications = verifications;
        this.catalog = catalog;
    }

    @Override
    public ResponseEntity<Publication> publishPlugin(MultipartFile artifact, MultipartFile signature) {
        Publication publication = view(publishing.publish(artifact, signature, Callers.required()));
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/publications/" + publication.getId()))
                .body(publication);
    }

    @Override
    public ResponseEntity<Publication> getPublication(UUID id) {
        return ResponseEntity.ok(publications
                .find(id)
                .filter(this::mayBeSeen)
                .map(this::view)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.PUBLICATION_UNKNOWN, "expected the id of a publication of yours, given " + id)));
    }

    private boolean mayBeSeen(PublicationStore.Row row) {
        Caller caller = Callers.required();
        return Callers.may(Scope.ADMIN)
                || row.publisher().equals(caller.owner())
                || maintainers.of(row.pluginId()).stream()
                        .anyMatch(one -> one.getOwner().equals(caller.owner()));
    }

    @Override
    public ResponseEntity<PublicationPage> listPublications(String plugin, Integer page, Integer size) {
        Optional<String> owner = Callers.may(Scope.ADMIN)
                ? Optional.empty()
                : Optional.of(Callers.required().owner());
        Optional<String> of = Optional.ofNullable(plugin);
        List<Publication> items = publications.page(owner, of, page, size).stream()
                .map(this::view)
                .toList();
        return ResponseEntity.ok(new PublicationPage(items, page, size, publications.count(owner, of)));
    }

    private Publication view(PublicationStore.Row row) {
        boolean waits = row.state().equals("verifying") && row.queued();
        var publication = new Publication(
                row.id(),
                row.pluginId(),
                row.version(),
                row.sha256(),
                row.size(),
                waits ? PublicationState.UPLOADED : PublicationState.fromValue(row.state()),
                row.publisher(),
                row.release().fingerprint(),
                row.signature(),
                row.uploadedAt(),
                row.job());
        row.decidedAt().ifPresent(publication::decidedAt);
        row.problem().ifPresent(publication::problem);
        verifications.newest(row.sha256()).ifPresent(publication::report);
        return publication;
    }

    private ResponseEntity<Version> version(String id, String version) {
        return ResponseEntity.ok(catalog.version(id, version));
    }

    private static String text(Reason reason) {
        return Optional.ofNullable(reason).map(Reason::getReason).orElse("");
    }

    @Override
    public ResponseEntity<Version> yankVersion(String id, String version, Reason reason) {
        versions.yank(id, version, true, text(reason));
        return version(id, version);
    }

    @Override
    public ResponseEntity<Version> unyankVersion(String id, String version, Reason reason) {
        versions.yank(id, version, false, text(reason));
        return version(id, version);
    }

    @Override
    public ResponseEntity<Version> deprecateVersion(String id, String version, Reason reason) {
        versions.deprecate(id, version, text(reason));
        return version(id, version);
    }

    @Override
    public ResponseEntity<Version> tagVersion(String id, String version, TagList tags) {
        versions.tag(id, version, tags.getTags());
        return version(id, version);
    }

    @Override
    public ResponseEntity<Void> deleteVersion(String id, String version, String reason) {
        versions.delete(id, version, reason);
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<List<Alias>> listAliases(String id) {
        return ResponseEntity.ok(versions.aliases(id));
    }

    @Override
    public ResponseEntity<Alias> putAlias(String id, String alias, AliasTarget target) {
        return ResponseEntity.ok(versions.alias(id, alias, target.getVersion()));
    }

    @Override
    public ResponseEntity<Void> deleteAlias(String id, String alias) {
        versions.removeAlias(id, alias);
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<List<Maintainer>> listMaintainers(String id) {
        List<Maintainer> known = maintainers.of(id);
        if (known.isEmpty() && !catalog.knows(id)) {
            throw new ProblemException(
                    ProblemCode.PLUGIN_UNKNOWN, "expected the id of a catalogued plugin, given '" + id + "'");
        }
        return ResponseEntity.ok(known);
    }

    @Override
    public ResponseEntity<Void> addMaintainer(String id, String owner) {
        maintainers.add(id, owner);
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<Void> removeMaintainer(String id, String owner) {
        maintainers.remove(id, owner);
        return ResponseEntity.noContent().build();
    }
}
