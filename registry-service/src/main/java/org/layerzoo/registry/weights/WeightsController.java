package org.layerzoo.registry.weights;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.Weights;
import org.layerzoo.registry.api.WeightsApi;
import org.layerzoo.registry.api.WeightsLineage;
import org.layerzoo.registry.api.WeightsPage;
import org.layerzoo.registry.api.WeightsUpload;
import org.layerzoo.registry.api.WeightsUploadAnswer;
import org.layerzoo.registry.api.WeightsUploadRequest;
import org.layerzoo.registry.security.Callers;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Weights in, at once or in parts, and out again. */
@RestController
class WeightsController implements WeightsApi {
    private static final String OFFSET = "Upload-Offset";

    private final WeightsStore weights;
    private final WeightsUploads uploads;
    private final Incoming incoming;
    private final TransactionTemplate transaction;

    WeightsController(
            WeightsStore weights, WeightsUploads uploads, Incoming incoming, TransactionTemplate transaction) {
        this.weights = weights;
        this.uploads = uploads;
        this.incoming = incoming;
        this.transaction = transaction;
    }

    @PostMapping("/api/v1/weights")
    ResponseEntity<Weights> upload(HttpServletRequest request) throws IOException {
        try (Incoming.Received received = incoming.receive(request)) {
            var facts = SafetensorsCheck.check(received.file());
            incoming.store(received);
            Weights stored = transaction.execute(status -> {
                incoming.kept(received.sha256());
                return weights.keep(
                        received.sha256(),
                        facts,
                        new WeightsLineage(),
                        Callers.required().owner());
            });
            return ResponseEntity.created(path(received.sha256())).body(stored);
        }
    }

    private static URI path(String sha256) {
        return URI.create("/api/v1/weights/" + sha256);
    }

    @Override
    public ResponseEntity<WeightsPage> listWeights(
            String plugin, String task, String parent, Integer page, Integer size) {
        var filter = new WeightsStore.Filter(
                Optional.ofNullable(plugin), Optional.ofNullable(task), Optional.ofNullable(parent));
        return ResponseEntity.ok(weights.list(filter, page, size));
    }

    @Override
    public ResponseEntity<Weights> getWeights(String sha256) {
        return ResponseEntity.ok(weights.get(sha256));
    }

    @Override
    public ResponseEntity<List<Weights>> getWeightsLineage(String sha256) {
        return ResponseEntity.ok(weights.line(sha256));
    }

    @Override
    public ResponseEntity<WeightsUploadAnswer> beginWeightsUpload(WeightsUploadRequest wanted) {
        WeightsUploads.Begun begun = uploads.begin(wanted, Callers.required());
        var answer = new WeightsUploadAnswer();
        begun.upload().ifPresent(answer::upload);
        begun.stored().ifPresent(answer::weights);
        return begun.upload()
                .map(upload -> ResponseEntity.created(URI.create("/api/v1/weights/uploads/" + upload.getId()))
                        .body(answer))
                .orElseGet(() -> ResponseEntity.ok(answer));
    }

    @Override
    public ResponseEntity<WeightsUpload> getWeightsUpload(UUID id) {
        return told(uploads.get(id, Callers.required()));
    }

    private static ResponseEntity<WeightsUpload> told(WeightsUpload upload) {
        return ResponseEntity.ok()
                .header(OFFSET, Long.toString(upload.getReceived()))
                .body(upload);
    }

    @PatchMapping("/api/v1/weights/uploads/{id}")
    ResponseEntity<WeightsUpload> append(
            @PathVariable UUID id, @RequestHeader(OFFSET) @Min(0) long offset, HttpServletRequest request)
            throws IOException {
        return told(uploads.append(id, offset, request.getInputStream(), Callers.required()));
    }

    @Override
    public ResponseEntity<Weights> completeWeightsUpload(UUID id) {
        try {
            Weights stored = uploads.complete(id, Callers.required());
            return ResponseEntity.created(path(stored.getSha256())).body(stored);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public ResponseEntity<Void> abortWeightsUpload(UUID id) {
        uploads.abort(id, Callers.required());
        return ResponseEntity.noContent().build();
    }

    @GetMapping("/api/v1/weights/{sha256}/content")
    ResponseEntity<Resource> content(@PathVariable String sha256) {
        Resource file = file(sha256);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .eTag(sha256)
                .header("Content-Disposition", "attachment; filename=\"" + sha256.substring(0, 12) + ".safetensors\"")
                .body(file);
    }

    @GetMapping("/api/v1/runner/files/{sha256}")
    ResponseEntity<Resource> runnerFile(@PathVariable String sha256) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .body(file(sha256));
    }

    private Resource file(String sha256) {
        return weights.content(sha256).resource();
    }
}
