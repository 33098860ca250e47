"""Pure: words for provisional passwords. French nouns of four to nine letters without accents, that offend nobody,
are told apart over the telephone, and typed on any keyboard."""

WORDS = tuple(
    """
abeille abricot acajou accueil aiguille albatros alcyon algue alouette amande ambre amiral ananas ancre anneau antenne
arbre ardoise argile armoire arrosoir asperge atelier atlas aurore automne avenue avion avocat azur badge bagage
baguette baignoire balade balance balcon baleine ballon bambou banane banc bandeau banjo banquise barque bassin bateau
berceau berger bijou billard biscuit bison blason bocal bonbon bonnet bordure bottine bouclier bougie bouillon
boulanger boussole bouton branche brebis bretelle brioche brique brise brochet broderie brosse brouette brume buffet
buisson bureau buvard cabane cabas cacao cactus cadeau cadran cahier caillou caisse calebasse cambuse canal canard
canoe canton cantine capuche caravane carnet carotte carreau cartable carton cascade casquette castor cerceau cerise
cerisier chaise chalet chaloupe chameau champ chandelle chanson chapeau chariot charpente chataigne chemin chemise
cheval chevreuil chocolat chouette cigale cigogne citron clairon clavier cloche clou coffre colibri colline colombe
comete compas comptine concert confiture corail corbeille cordage cornemuse coton couleur coupole couronne coussin
couteau crayon cresson crevette crique cristal croissant cuisine cygne cymbale dauphin demeure dentelle dessert dessin
diamant digue dimanche diorama disque domaine domino donjon dortoir douceur drapeau dragon ecluse ecran ecrin ecureuil
emeraude encre encrier enclume envol epingle epinard equerre erable escabeau escalier escargot espace essaim estampe
estrade etable etagere etang etoile eventail fable facteur faisan falaise fanfare farandole farine faucon fauteuil
fenouil ferme feuille figue figuier filet flanelle fleur fleuve flocon flotte flute fontaine foret forge fougere
foulard fourmi fraise framboise frelon friandise fromage fronton fruit furet fusain galaxie galerie galet galette gant
garage gare garrigue gaufre gazelle gazon genou geranium gerbe gilet girafe girolle givre glacier glissade globe
gondole gorge gouache goutte grain gramme grange grappe gravier grelot grenade grenier griotte grive grotte groseille
guepard guidon guirlande guitare gymnase hamac hameau hamster hangar haricot harmonie harpe herbe herbier heron heure
hibou hiver homard horizon horloge huile iceberg igloo image instant iris ivoire jacinthe jade jaguar jardin jasmin
javelot jeton jonc jonquille jouet journal joyau jujube jumelle jungle jupon kangourou karate kayak kimono kiosque
koala laine lama lampe lampion lande langouste lanterne lapin laurier lavande lecture legende lessive levain levure
lezard libellule lierre ligne lilas limace limonade linge lionceau loisir losange loupe louveteau loutre lucarne
luciole lumiere lundi lune lustre luth lutin luzerne machine magasin magie magnolia maillot maison malle mammouth
manche mandarine mangue manteau marbre marche mardi marelle marin marmite marmotte marque marron marteau martinet
masque matelas matin mazurka melodie melon menthe mercredi merisier merle message mesure meuble miel mille mimosa
minute mirabelle miroir mitaine moineau moisson montagne montre morille mosaique moteur mouette mouffle moulin mousse
mouton muguet mulot murmure museau musique myosotis myrtille nacre nappe narval nature navette navire nectarine neige
nenuphar nichoir noisette noyer nuage oasis ocarina ocean octobre oiseau olive olivier ombrelle omelette opale orange
oranger orchidee oreiller organdi origan orme ortie oseille osier otarie ourson outil ovale paille palais palette
palmier panda panier panneau pantoufle papaye papier papillon paquet parade parasol parchemin parcours parfum parking
pasteque pastel patin patio pavillon peinture pelote pelouse peluche pendule perle perroquet persil peuplier phare
piano picotin pigeon pilier pinceau pingouin pinson pirogue piscine pistache pivoine placard plage plaine planche
planete plume poche poireau poivre pollen pomelo pompon poney pont porche portail potager poterie poulain poupon
prairie praline prenom printemps prisme prune prunier puits pupitre puzzle pyjama quai quartier quartz quenelle quille
quinoa racine radis rameau ramier ramure raquette rayon recette refrain regard reinette renard renne rideau rivage
riviere robinet rocher romarin rondeau roseau rosier rotin roue ruban ruche ruisseau sable sabot safran saison salade
salon samedi sandale santal sapin sardine sauge saule saumon savane saveur savon semaine semelle sentier serin
serpentin serrure sirop soleil sommet sonate sorbet sorbier soucoupe source souris sureau tableau tabouret tambour
tambourin tamis tanche tandem tapis tartine tasse temple terrasse terrine thermos thym tigre tilleul timbale timbre
tipi tiroir tisane toile toiture tomate tonneau torrent tortue toucan toupie tournesol traineau tramway tresse
triangle tricot trompette trottoir truelle truite tulipe tunnel tuyau univers usine vaisselle valise vallon vanille
vanneau vannier velours vendange vendredi verger verrou verveine veste viaduc village vigne violette violon virgule
visage vitrail vitrine voilier voiture volcan volet voyage wagon yaourt yoyo zeste zinnia
""".split()  # noqa: SIM905 (as a list of literals nobody would read or keep it)
)
