package org.layerzoo.registry.audit;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.layerzoo.registry.api.AuditApi;
import org.layerzoo.registry.api.AuditCheck;
import org.layerzoo.registry.api.AuditEntry;
import org.layerzoo.registry.api.AuditPage;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
class AuditController implements AuditApi {
    private final AuditTrail trail;
    private final JsonMapper json;

    AuditController(AuditTrail trail, JsonMapper json) {
        this.trail = trail;
        this.json = json;
    }

    @Override
    public ResponseEntity<AuditPage> listAudit(
            String actor,
            String action,
            String subject,
            OffsetDateTime since,
            OffsetDateTime until,
            Integer page,
            Integer size) {
        var filter = new AuditTrail.Filter(
                Optional.ofNullable(actor),
                Optional.ofNullable(action),
                Optional.ofNullable(subject),
                Optional.ofNullable(since),
                Optional.ofNullable(until));
        return ResponseEntity.ok(trail.page(filter, page, size));
    }

    @Override
    public ResponseEntity<AuditCheck> checkAudit() {
        return ResponseEntity.ok(trail.check());
    }

    @GetMapping("/api/v1/audit/export")
    void export(HttpServletResponse response) throws IOException {
        response.setContentType("application/x-ndjson");
        response.setHeader("Content-Disposition", "attachment; filename=\"audit.jsonl\"");
        OutputStream out = response.getOutputStream();
        trail.each(entry -> line(entry, out));
    }

    private void line(AuditEntry entry, OutputStream out) {
        try {
            out.write((json.writeValueAsString(entry) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
