/** Declared experiments whose results are kept as data, and the page that plots them; {@link org.layerzoo.cli.study.Study} says how one is added. */
package org.layerzoo.cli.study;
