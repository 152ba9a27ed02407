package org.layerzoo.registry.security;

import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

interface TokenRepository extends JpaRepository<TokenEntity, UUID> {
    Optional<TokenEntity> findByDigest(String digest);
}
