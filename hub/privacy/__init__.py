"""What is held on a family, handed out (RGPD article 15) or erased (article 17): the one room that looks everywhere."""
