package org.layerzoo.registry.serving;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The Open Inference Protocol v2 over HTTP. */
@RestController
class InferenceController {
    private final Deployments deployments;
    private final Directory directory;
    private final Lanes lanes;
    private final Calls calls;

    InferenceController(Deployments deployments, Directory directory, Lanes lanes, Calls calls) {
        this.deployments = deployments;
        this.directory = directory;
        this.lanes = lanes;
        this.calls = calls;
    }

    @GetMapping("/v2")
    Map<String, Object> server() {
        var about = new LinkedHashMap<String, Object>();
        about.put("name", "layerzoo");
        about.put(
                "version",
                Optional.ofNullable(getClass().getPackage().getImplementationVersion())
                        .orElse("0.1.0"));
        about.put("extensions", List.of("binary_tensor_data", "decode_sessions"));
        return about;
    }

    @GetMapping("/v2/health/live")
    Map<String, Object> live() {
        return Map.of("live", true);
    }

    @GetMapping("/v2/health/ready")
    Map<String, Object> ready() {
        if (!deployments.allReady()) {
            throw new ProblemException(ProblemCode.NOT_READY, "a deployment is starting");
        }
        return Map.of("live", true, "ready", true);
    }

    @GetMapping({"/v2/models/{name}/ready"})
    Map<String, Object> modelReady(@PathVariable String name) {
        directory.saidToBeReady(name, Optional.empty());
        return Map.of("name", name, "ready", true);
    }

    @GetMapping("/v2/models/{name}/versions/{version}/ready")
    Map<String, Object> versionReady(@PathVariable String name, @PathVariable String version) {
        directory.saidToBeReady(name, Optional.of(version));
        return Map.of("name", name, "ready", true);
    }

    @GetMapping("/v2/models/{name}")
    Map<String, Object> model(@PathVariable String name) {
        return metadata(directory.ready(name, Optional.empty()));
    }

    @GetMapping("/v2/models/{name}/versions/{version}")
    Map<String, Object> version(@PathVariable String name, @PathVariable String version) {
        return metadata(directory.ready(name, Optional.of(version)));
    }

    private static Map<String, Object> metadata(Endpoint endpoint) {
        ModelSchema model = endpoint.model().orElseThrow();
        var about = new LinkedHashMap<String, Object>();
        about.put("name", endpoint.name());
        about.put("versions", List.of(endpoint.version()));
        about.put("platform", "layerzoo");
        about.put("inputs", ports(model.inputs()));
        about.put("outputs", ports(model.outputs()));
        return about;
    }

    private static List<Map<String, Object>> ports(List<ModelSchema.Port> ports) {
        var list = new ArrayList<Map<String, Object>>();
        for (ModelSchema.Port port : ports) {
            var one = new LinkedHashMap<String, Object>();
            one.put("name", port.name());
            one.put("datatype", port.datatype().name());
            one.put("shape", port.shape());
            list.add(one);
        }
        return list;
    }

    @PostMapping("/v2/models/{name}/infer")
    void infer(@PathVariable String name, HttpServletRequest request, HttpServletResponse response) throws IOException {
        infer(directory.ready(name, Optional.empty()), request, response);
    }

    @PostMapping("/v2/models/{name}/versions/{version}/infer")
    void inferVersion(
            @PathVariable String name,
            @PathVariable String version,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        infer(directory.ready(name, Optional.of(version)), request, response);
    }

    private void infer(Endpoint endpoint, HttpServletRequest http, HttpServletResponse answer) throws IOException {
        calls.call(endpoint, http, request -> {
            Lane lane = lanes.of(endpoint);
            Duration patience = Calls.patience(endpoint, request);
            Pending pending = lane.submit(request.inputs(), patience);
            List<TensorData> outputs = Calls.await(lane, pending, patience, HangupValve.of(http));
            Calls.write(answer, new InferWriter(endpoint, request, outputs));
        });
    }
}
