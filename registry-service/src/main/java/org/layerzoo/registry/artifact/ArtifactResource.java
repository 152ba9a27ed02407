package org.layerzoo.registry.artifact;

import java.io.InputStream;
import org.springframework.core.io.AbstractResource;

/** A stored file as Spring sends it. */
final class ArtifactResource extends AbstractResource {
    private final Artifact artifact;

    ArtifactResource(Artifact artifact) {
        this.artifact = artifact;
    }

    @Override
    public String getDescription() {
        return "artifact " + artifact.sha256();
    }

    @Override
    public InputStream getInputStream() {
        return artifact.open();
    }

    @Override
    public long contentLength() {
        return artifact.size();
    }

    @Override
    public boolean exists() {
        return true;
    }
}
