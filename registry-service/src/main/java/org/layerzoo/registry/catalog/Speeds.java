package org.layerzoo.registry.catalog;

import java.util.Map;
import org.layerzoo.registry.api.Speed;

/** How fast plugins are, by what is stored. */
public interface Speeds {
    /** By the SHA-256 of the latest jars: those that were measured at this length on the machine that measured last. */
    Map<String, Speed> at(int length);
}
