package org.layerzoo.registry.publish;

import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import org.layerzoo.registry.api.KeyRequest;
import org.layerzoo.registry.api.KeysApi;
import org.layerzoo.registry.api.PublisherKey;
import org.layerzoo.registry.api.PublisherKeyPage;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class KeyController implements KeysApi {
    private final PublisherKeys keys;

    KeyController(PublisherKeys keys) {
        this.keys = keys;
    }

    @Override
    public ResponseEntity<PublisherKey> createKey(KeyRequest wanted) {
        PublisherKey key = keys.register(wanted.getName(), wanted.getPublicKey());
        return ResponseEntity.created(URI.create("/api/v1/keys/" + key.getId())).body(key);
    }

    @Override
    public ResponseEntity<PublisherKeyPage> listKeys(String owner, Integer page, Integer size) {
        return ResponseEntity.ok(keys.page(Optional.ofNullable(owner), page, size));
    }

    @Override
    public ResponseEntity<Void> revokeKey(UUID id, String reason) {
        keys.revoke(id, reason);
        return ResponseEntity.noContent().build();
    }
}
