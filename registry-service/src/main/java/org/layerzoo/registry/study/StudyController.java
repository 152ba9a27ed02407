package org.layerzoo.registry.study;

import java.util.List;
import org.layerzoo.registry.api.StudiesApi;
import org.layerzoo.registry.api.StudyPage;
import org.layerzoo.registry.api.StudySummary;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class StudyController implements StudiesApi {
    private final Studies studies;

    StudyController(Studies studies) {
        this.studies = studies;
    }

    @Override
    public ResponseEntity<StudyPage> listStudies(Integer page, Integer size) {
        List<StudySummary> all = studies.summaries();
        List<StudySummary> items =
                all.stream().skip((long) page * size).limit(size).toList();
        return ResponseEntity.ok(new StudyPage(items, page, size, (long) all.size()));
    }

    /** The document itself: no figure passes through another form. */
    @GetMapping("/api/v1/studies/{name}")
    ResponseEntity<byte[]> study(@PathVariable String name) {
        Studies.Study study = studies.study(name);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .cacheControl(CacheControl.noCache())
                .eTag(study.summary().getSha256())
                .body(study.content());
    }
}
