package org.layerzoo.core.layer;

/** A named place inside a layer, with its axes: "attn.weights", "B H T S". Full names carry the path of children: "block.3.attn.weights". */
public record Site(String name, String axes) {
    public Site under(String path) {
        return new Site(path + "." + name, axes);
    }
}
