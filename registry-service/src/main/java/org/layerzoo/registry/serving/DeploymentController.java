package org.layerzoo.registry.serving;

import java.net.URI;
import org.layerzoo.registry.api.Deployment;
import org.layerzoo.registry.api.DeploymentPage;
import org.layerzoo.registry.api.DeploymentRequest;
import org.layerzoo.registry.api.DeploymentsApi;
import org.layerzoo.registry.api.HostAnswer;
import org.layerzoo.registry.api.HostBeat;
import org.layerzoo.registry.api.HostingApi;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

/** What is served: for those who want it so, and for the runners that make it so. */
@RestController
class DeploymentController implements DeploymentsApi, HostingApi {
    private final Deployments deployments;
    private final Hosting hosting;
    private final Directory directory;

    DeploymentController(Deployments deployments, Hosting hosting, Directory directory) {
        this.deployments = deployments;
        this.hosting = hosting;
        this.directory = directory;
    }

    @Override
    public ResponseEntity<Deployment> putDeployment(String name, DeploymentRequest wanted) {
        Deployments.Put put = deployments.put(name, wanted);
        directory.forget(name);
        return put.created()
                ? ResponseEntity.created(URI.create("/api/v1/deployments/" + name))
                        .body(put.deployment())
                : ResponseEntity.ok(put.deployment());
    }

    @Override
    public ResponseEntity<Deployment> getDeployment(String name) {
        return ResponseEntity.ok(deployments.get(name));
    }

    @Override
    public ResponseEntity<DeploymentPage> listDeployments(Integer page, Integer size) {
        return ResponseEntity.ok(deployments.list(page, size));
    }

    @Override
    public ResponseEntity<Void> deleteDeployment(String name) {
        deployments.stop(name);
        directory.drop(name);
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<HostAnswer> hostDeployments(HostBeat beat) {
        return ResponseEntity.ok(hosting.beat(beat));
    }
}
