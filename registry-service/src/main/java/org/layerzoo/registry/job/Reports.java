package org.layerzoo.registry.job;

import java.util.Map;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads results of jobs as their documented types. A runner may say more than the types know. */
@Component
class Reports {
    private final JsonMapper json;

    Reports(JsonMapper json) {
        this.json = json.rebuild()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .build();
    }

    <T> T read(Map<String, Object> result, Class<T> type) {
        try {
            return json.convertValue(result, type);
        } catch (JacksonException e) {
            throw new ProblemException(
                    ProblemCode.RESULT_INVALID, "expected a " + type.getSimpleName() + ": " + e.getOriginalMessage());
        }
    }

    <T> T parse(String text, Class<T> type) {
        return json.readValue(text, type);
    }

    String write(Object document) {
        return json.writeValueAsString(document);
    }
}
