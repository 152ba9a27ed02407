package org.layerzoo.registry.job;

import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

interface JobRepository extends JpaRepository<JobEntity, UUID>, JpaSpecificationExecutor<JobEntity> {
    /** The job, with no one else writing it until the transaction ends. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select j from JobEntity j where j.id = :id")
    Optional<JobEntity> lock(UUID id);

    @Query("select j.id from JobEntity j where j.state = 'running' and j.leaseUntil < :now")
    List<UUID> expired(Instant now);

    @Query("select j.id from JobEntity j where j.state = 'running' and j.startedAt < :start")
    List<UUID> startedBefore(Instant start);

    Optional<JobEntity> findFirstByKindAndSpecAndStateIn(String kind, String spec, Collection<String> states);
}
